import hydra


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    app = cfg.app
    print(f"Hello {app.user}, {app.num1} + {app.num2} = {app.num1 + app.num2}")


if __name__ == "__main__":
    main()
