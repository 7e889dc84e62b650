"""Sizes for people: bytes in, '44 MB' out."""


def size(count: int) -> str:
    """'1 byte', '44 MB', '1.2 TB': decimal units, two digits where fewer than ten of them."""
    if count == 1:
        return "1 byte"
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        limit = 1000 if unit == "bytes" else 999.5  # what is rounded to 1000 belongs to the next unit
        if value < limit or unit == "TB":
            return f"{value:,.0f} {unit}" if value >= 9.95 or unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("the loop ends at TB")
