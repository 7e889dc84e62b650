import click, iniconfig
import yaml
from PIL import Image
