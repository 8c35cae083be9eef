"""The command's stages and addresses, as `weir stages` tells of them."""
import re
import subprocess
from dataclasses import dataclass


@dataclass
class Stage:
    name: str
    usage: str
    does: str
    flow: str
    help: list  # [word, text]; word '': a paragraph
    example: str


def explained(lines):
    """Lines such as `level=N    0 to 9`, what goes on below them, and plain ones."""
    out = []
    for line in lines:
        found = re.match(r'(\S(?:.*?\S)?) {2,}(\S.*)', line)
        if found:
            out.append([found[1], found[2]])
        elif out and (line.startswith(' ') == bool(out[-1][0])):
            out[-1][1] += '\n' + line.strip()
        else:
            out.append(['', line.strip()])
    return out


def ask(weir, *words):
    return subprocess.run([weir, 'stages', *words], check=True, text=True,
                          capture_output=True).stdout


def parse(name, text):
    lines = [line.removeprefix('  ') for line in text.rstrip('\n').split('\n')]
    at = len(lines) - 1
    while lines[at]:
        at -= 1
    return Stage(name, lines[0], lines[1], lines[2][0].upper() + lines[2][1:] + '.',
                 explained(lines[3:at]), '\n'.join(lines[at + 1:]))


def read(weir):
    found = re.findall(r'^([a-z][a-z0-9-]*)(:?)\S*.*  \S', ask(weir), re.M)
    return [parse(name, ask(weir, name + colon)) for name, colon in found]
