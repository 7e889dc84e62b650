"""The keys of the config with their descriptions, for `--helpfull`: read from the published schema."""

from caliban.compiler.facts.data_files import table


def config_keys() -> dict[str, str]:
    """Name and description of each key, in the order of the schema; without those of the older tool."""
    properties = table("config.schema")["properties"]
    current = {
        name: schema for name, schema in properties.items() if not (schema.get("deprecated") or name == "$schema")
    }
    return {name: str(schema["description"]) for name, schema in current.items()}
