"""The keys of the config with their descriptions, for `--helpfull`: read from the published schema."""

from caliban.compiler.data_files import table


def config_keys() -> dict[str, str]:
    """Name and description of each key, in the order of the schema."""
    properties = table("config.schema")["properties"]
    return {name: str(schema["description"]) for name, schema in properties.items()}
