"""Comments as blocks: paragraphs, code, items; and where words that are names lead."""
import re


def blocks(text):
    """[kind, text] of each block; kind is p, code or item."""
    found = []
    for line in text.split('\n') + ['']:
        last = found[-1][0] if found else ''
        if not line.strip():
            found.append(['', ''])
        elif re.match(r' {1,6}- ', line):
            found.append(['item', line.strip()[2:]])
        elif last == 'item' and line.startswith('    '):
            found[-1][1] += '\n' + line.strip()
        elif line.startswith('  '):
            if last == '' and len(found) > 1 and found[-2][0] == 'code':
                found.pop()
                found[-1][1] += '\n'
            elif last != 'code':
                found.append(['code', ''])
            found[-1][1] += ('\n' if found[-1][1] else '') + line
        elif last == 'p':
            found[-1][1] += '\n' + line
        else:
            found.append(['p', line])
    return [[kind, flush_left(text) if kind == 'code' else text] for kind, text in found if kind]


def flush_left(code):
    lines = code.split('\n')
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return '\n'.join(line[margin:] for line in lines)
