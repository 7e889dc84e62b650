exec dt train "$@"
