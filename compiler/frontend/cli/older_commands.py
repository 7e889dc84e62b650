"""The commands of the older tool that this one does not have: name in, what to do instead out."""

_IMAGE = "`caliban build -t IMAGE MODULE` builds the image; `docker push IMAGE`"

OLDER_COMMANDS = {
    "shell": 'open one in the image with `docker run --rm -it "$(caliban build MODULE)" bash`',
    "notebook": "declare jupyter, and start it in the image with `docker run --rm -p 127.0.0.1:8888:8888 "
    '"$(caliban build MODULE)" jupyter notebook --allow-root --ip 0.0.0.0`',
    "cloud": f"{_IMAGE} and `gcloud ai custom-jobs create` submit it",
    "cluster": f"{_IMAGE} and `kubectl create job NAME --image IMAGE -- COMMAND` submit it",
    "status": "ask docker with `docker ps --filter label=caliban=run`",
    "stop": "ask for the name with `docker ps --filter label=caliban=run`, and stop it with `docker stop NAME`",
    "resubmit": "give the same `caliban run` again: it builds only what changed",
}
