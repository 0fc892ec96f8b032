"""python3 -m stack.setup [venv] [protos] [web] [chromium] [java] [deploy]; without names: web and chromium."""

import sys

OLDEST_PYTHON = (3, 11)
# The steps of each target, in order of dependency. `protos` generates TypeScript only if npm's packages are installed.
NEEDS = {
    "venv": ["venv"],
    "protos": ["venv", "protos"],
    "web": ["venv", "packages", "protos", "web"],
    "chromium": ["venv", "chromium"],
    "java": ["java"],
    "deploy": ["venv", "protos", "deploy"],
}


def main(names: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        print(f"Parley needs Python 3.11 or later; this is {sys.version.split()[0]}. To use another one: make PYTHON=python3.11")
        return 1
    # Imported after the check, because an older Python can't parse these modules.
    from stack.setup import deploy, programs, protos, venv, web
    from stack.setup.steps import SetupFailed

    steps = {
        "venv": venv.make_venv,
        "packages": web.make_packages,
        "protos": protos.make_protos,
        "web": web.make_web,
        "chromium": programs.need_chromium,
        "java": programs.need_java,
        "deploy": deploy.need_deploy_tools,
    }
    if unknown := set(names) - set(NEEDS):
        print(f"Unknown steps: {', '.join(sorted(unknown))}. Available: {', '.join(NEEDS)}.")
        return 2
    wanted = {step for name in names or ["web", "chromium"] for step in NEEDS[name]}
    try:
        for name, step in steps.items():
            if name in wanted:
                step()
    except SetupFailed as failure:
        print(f"Setup failed: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
