class Train {}
