"""`make test-cluster`: makes the programs and images, starts a node, runs the tests inside its namespaces, and removes the node.

python -m tests.cluster [pytest's arguments]
python -m tests.cluster --shell      a shell on a new node, with kubectl and helm on the path
"""

import sys

from stack.setup.steps import ROOT, VENV, SetupFailed
from tests.cluster.images import make_images
from tests.cluster.node_process import Node
from tests.cluster.programs import missing, programs


def main(arguments: list[str]) -> int:
    if reason := missing():
        print(f"SKIPPED: the tests on a cluster did not run: {reason}.")
        return 0
    try:
        made = programs()
        images = make_images(made)
        with Node(made, images) as node:
            if arguments == ["--shell"]:
                return node.run("bash")
            return node.run(
                VENV / "bin/python", "-m", "pytest", *(arguments or [str(ROOT / "tests/cluster")]), env={"PARLEY_TEST_NODE": "1"}
            )
    except SetupFailed as failure:
        print(f"Setup failed: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
