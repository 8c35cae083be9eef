"""As much of Markdown as docs/ has: headings, lists, tables, code, links."""
import html
import re


def inline(text, link):
    """link(target) says where that is on the site, or None: the words alone stand there."""
    held = []

    def hold(markup):
        held.append(markup)
        return f'\0{len(held) - 1}\0'

    def linked(found):
        where, words = link(found[2]), inline(found[1], link)
        return hold(f'<a href="{html.escape(where)}">{words}</a>' if where else words)

    text = re.sub(r'(?<!!)\[((?:[^][]|\[[^]]*\])*)\]\(([^)\s]+)\)', linked, text)
    text = re.sub(r'(`+)(.+?)\1', lambda m: hold(f'<code>{html.escape(m[2])}</code>'), text)
    text = re.sub(r'<a id="[^"]*"></a>', lambda m: hold(m[0]), text)
    text = html.escape(re.sub(r'\\([*<|_])', r'\1', text), quote=False)
    text = re.sub(r'\*\*(.+?)\*\*', r'<b>\1</b>', text)
    text = re.sub(r'(?<![\w*])[*_]([^*_\n]+)[*_](?![\w*])', r'<i>\1</i>', text)
    while '\0' in text:
        text = re.sub('\0(\\d+)\0', lambda m: held[int(m[1])], text)
    return text


def anchor(title):
    return re.sub(r'[^\w -]', '', title.lower()).replace(' ', '-')


def table(lines, link):
    rows = [[cell.strip() for cell in re.split(r'(?<!\\)\|', line.strip().strip('|'))]
            for line in lines if not re.fullmatch(r'[|:\s-]+', line)]
    cells = [''.join(f'<{tag}>{inline(cell, link)}</{tag}>' for cell in row)
             for tag, row in zip(['th'] + ['td'] * len(rows), rows)]
    return '<table>' + ''.join(f'<tr>{row}</tr>\n' for row in cells) + '</table>'


def items(lines, link):
    tag = 'ol' if re.match(r'\d', lines[0]) else 'ul'
    found = []
    for line in lines:
        if re.match(r'([-*]|\d+\.) ', line):
            found.append([re.sub(r'^([-*]|\d+\.) ', '', line)])
        else:
            found[-1].append(re.sub(r'^ {1,3}', '', line))
    return f'<{tag}>' + ''.join(f'<li>{inner(one, link)}</li>\n' for one in found) + f'</{tag}>'


def inner(lines, link):
    text = page('\n'.join(lines), link)
    return re.sub(r'^<p>(.*?)</p>', r'\1', text, count=1, flags=re.S)


def block(lines, link):
    first = lines[0]
    if first.startswith('#'):
        level, title = first.split(' ', 1)
        return f'<h{len(level)} id="{anchor(title)}">{inline(title, link)}</h{len(level)}>'
    if first.startswith('|'):
        return table(lines, link)
    if re.match(r'([-*]|\d+\.) ', first):
        return items(lines, link)
    return '<p>' + inline('\n'.join(lines), link) + '</p>'


def page(text, link):
    out, lines, code = [], [], None

    def flush():
        if lines:
            out.append(block(lines, link))
            lines.clear()

    for line in text.split('\n') + ['']:
        fence = re.match(r' *```', line)
        if fence and code is None and not (lines and line.startswith(' ')):
            flush()
            code = []
        elif fence and code is not None:
            out.append('<pre>' + html.escape('\n'.join(code), quote=False) + '</pre>')
            code = None
        elif code is not None:
            code.append(line)
        elif not line.strip():
            flush()
        elif line.startswith('#'):
            flush()
            lines.append(line)
            flush()
        else:
            if lines and (re.match(r'([-*]|\d+\.) ', line) and lines[0][0] not in '-*0123456789'
                          or line.startswith('|') and not lines[0].startswith('|')):
                flush()
            lines.append(line)
    return '\n'.join(out)
