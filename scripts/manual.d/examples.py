"""The Example of each text, as one program that compares what each line prints."""
import re
from headers import plain
from text import flush_left

ARROW = re.compile(r'(.*?)\s*// ->(?: (.*))?')


def example(page):
    """[line number, statement, what it prints or None] of a page."""
    if not re.search(r'^Example:$', page.text, re.M):
        return []
    before, _, code = page.text.partition('Example:\n')
    first = page.line + before.count('\n') + 1
    rows = []
    for i, line in enumerate(flush_left(code.split('\n\n')[0]).split('\n')):
        found = ARROW.fullmatch(line)
        rows.append([first + i, found[1] if found else line, found and (found[2] or '')])
    return rows


def function(page, name, rows):
    path = f'include/weir/{page.header}.h'
    out = [f'static void {name}(void)', '{']
    for line, statement, wanted in rows:
        out.append(f'#line {line} "{path}"\n    {statement}')
        if wanted is not None:
            text = wanted.replace('\\', '\\\\').replace('"', '\\"')
            out.append(f'    same_as("{path}:{line}", "{text}");')
    return '\n'.join(out + ['}', ''])


def program(headers):
    """Its text, and of which functions it has an example, and of which it has none."""
    functions, table, have, lack = [], [], [], []
    for page in (page for header in headers for page in header.pages if page.names):
        rows = example(page)
        (have if rows else lack).extend(page.names)
        if rows:
            name = f'example_{page.header}_{page.line}'
            functions.append(function(page, name, rows))
            table.append(f'    {{"include/weir/{page.header}.h:{page.line}", {name}}},')
    text = ['#include "examples.h"\n', *functions, 'static const struct example examples[] = {',
            *table, '};\n', 'int main(void)', '{',
            '    return run_examples(examples, sizeof examples / sizeof *examples);', '}', '']
    return '\n'.join(text), sorted(set(have)), sorted(set(lack) - set(have))


def vocabulary(root):
    """What the examples use besides weir: in words, and as code."""
    source = (root / 'tests/dist/examples.h').read_text()
    begin, end = (source.index(f'/* ---- {name} ---- */')
                  for name in ('functions that the examples use', 'printing'))
    code = source[begin:end].partition('\n')[2].strip()
    return plain(source[:source.index('*/') + 2]), code
