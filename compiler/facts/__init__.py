"""Facts about images, Pythons, versions and frameworks, and the tables that hold them."""
