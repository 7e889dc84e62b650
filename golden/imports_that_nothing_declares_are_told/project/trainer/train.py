import argparse

import cv2
import numpy as np
from google.cloud import storage
from trainer import model

try:
    import wandb
except ImportError:
    wandb = None
