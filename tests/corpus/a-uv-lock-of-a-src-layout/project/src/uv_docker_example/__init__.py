import click


def hello() -> None:
    click.echo("Hello from uv-docker-example!")
