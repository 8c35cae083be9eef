"""The lines of a pipeline of the command: pipeline_lines.py 'seq 5 ! skip 3'"""
import sys

import weir

try:
    for line in weir.pipeline(sys.argv[1], allow="read").lines():
        print(line.decode())
except weir.TextError as error:
    at = error.at
    sys.exit(f"{sys.argv[1]}\n{' ' * at.start}{'^' * (at.stop - at.start)} {error}")
