def main() -> None:
    print("trained")
