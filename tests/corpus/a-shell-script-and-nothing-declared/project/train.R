args <- commandArgs(trailingOnly = TRUE)
