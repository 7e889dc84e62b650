from tiltoys import enp

print(enp.VERSION)
