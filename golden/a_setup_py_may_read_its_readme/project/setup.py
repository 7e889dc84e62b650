from setuptools import setup
setup(name='pkg', packages=['pkg'], long_description=open('README.md').read(), install_requires=['numpy==2.1.3', 'tqdm'])
