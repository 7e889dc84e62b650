#!/bin/bash
echo "Train: lr=$1 bs=$2"
echo "loss: $1"
