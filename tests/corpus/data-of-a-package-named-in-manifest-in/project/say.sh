murmur "$@"
