from setuptools import setup
requires = open('deps.txt').read().split()
setup(name='pkg', packages=['pkg'], install_requires=requires)
