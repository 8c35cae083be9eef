"""Counts the errors of a log by host, and goes on behind lines that say nothing."""
import collections
import sys

import weir


def host_of(line):
    fields = line.decode().split()
    if len(fields) < 3:
        raise ValueError("not enough fields")
    return fields[2] if fields[1] == "ERROR" else None


counts = collections.Counter()
hosts = weir.open(sys.argv[1]).lines().map(host_of).filter(lambda host: host)
while True:
    try:
        counts.update(hosts)
        break
    except weir.Error as error:
        if error.is_fatal:
            sys.exit(f"{error}")
        print(f"line {error.record}: {error.__cause__}")
for host, n in counts.most_common():
    print(host, n)
