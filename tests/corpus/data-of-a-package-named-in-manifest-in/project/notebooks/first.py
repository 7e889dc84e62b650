import murmur

print(*murmur.vocabulary(), murmur.__file__.endswith('murmur/__init__.py'))
