from pathlib import Path

ROOT = next(folder for folder in Path(__file__).parents if (folder / "setup.py").exists())
