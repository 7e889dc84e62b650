def rate():
    return 22050
