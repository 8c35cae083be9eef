"""The same texts as pages for a browser: plain files, no script, nothing from elsewhere."""
import html
import re
import shutil
from pathlib import Path
import markdown
from text import blocks

PAGES = ('glossary own-combinator asynchronous-c parallel network http formats codecs channels '
         'inspector lint coming-from').split()


class Site:
    def __init__(self, root, out, headers):
        self.root, self.out, self.headers = root, out, headers
        paths = [*(root / f'docs/{name}.md' for name in PAGES),
                 *sorted(root.glob('docs/guide/*.md')), *sorted(root.glob('docs/from/*.md'))]
        self.pages = {path.stem: path for path in paths if path.stem != 'README'}
        self.programs = {path.name: path for path in (*sorted(root.glob('examples/*.c')),
                                                      *sorted(root.glob('examples/from/*.c')))}
        self.places = {}
        for kind in 'names', 'others':
            for page in (page for header in headers for page in header.pages):
                for name in getattr(page, kind):
                    self.places.setdefault(name, f'{page.header}.h.html#{name}')

    def write(self, name, title, body):
        menu = ''.join(f'<a href="{page}.html">{words}</a>' for page, words in
                       (('index', 'weir'), ('functions', 'functions'), ('headers', 'headers'),
                        ('stages', 'stages'), ('guide', 'guide'), ('examples', 'examples')))
        (self.out / f'{name}.html').write_text(
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<title>{html.escape(title)}</title>\n<link rel="stylesheet" href="style.css">\n'
            f'</head><body><nav>{menu}</nav>\n{body}\n</body></html>\n')

    def words(self, text):
        def named(found):
            place = self.places.get(found[0])
            return f'<a href="{place}">{found[0]}</a>' if place else found[0]
        text = re.sub(r'\bweir_\w+', named, html.escape(text, quote=False))
        return re.sub(r'`([^`\n]+)`', r'<code>\1</code>', text)

    def text(self, text):
        out = []
        for kind, block in blocks(text):
            if kind == 'code':
                out.append(f'<pre>{self.words(block)}</pre>')
            elif kind == 'item':
                out.append(f'<ul><li>{self.words(block)}</li></ul>')
            else:
                out.append(f'<p>{self.words(block)}</p>')
        return '\n'.join(out).replace('</ul>\n<ul>', '\n')

    # ---- headers and functions ----

    def page(self, page):
        said, labelled = page.parts()
        mine = [name for name in page.all_names
                if self.places[name].startswith(f'{page.header}.h.html')]
        more = ''.join(f'<a id="{name}"></a>' for name in mine[1:])
        rows = ''.join(f'<dt>{label}<dd>{self.text(text)}' for label, text in labelled)
        code = self.words('\n'.join(page.code))
        return (f'<section id="{page.first}">{more}<h3>{", ".join(page.all_names)}</h3>\n'
                f'<pre>{code}</pre>\n{self.text(said)}<dl>{rows}</dl></section>\n')

    def header(self, header):
        out, group = [f'<h1>weir/{header.name}.h</h1>', self.text(header.text)], ''
        for page in header.pages:
            if page.group != group:
                out.append(f'<h2>{html.escape(page.group)}</h2>{self.text(page.group_text)}')
                group = page.group
            out.append(self.page(page))
        self.write(f'{header.name}.h', f'weir/{header.name}.h', '\n'.join(out))

    def lists(self):
        rows = sorted((name, page.summary()) for header in self.headers for page in header.pages
                      for name in page.all_names)
        self.write('functions', 'weir: functions', '<h1>Functions</h1><table>' + ''.join(
            f'<tr><td><a href="{self.places[name]}">{name}</a><td>{html.escape(said)}\n'
            for name, said in rows) + '</table>')
        self.write('headers', 'weir: headers', '<h1>Headers</h1><dl>' + ''.join(
            f'<dt><a href="{header.name}.h.html">weir/{header.name}.h</a>'
            f'<dd>{self.words(re.split(r"(?<=[.:])" + chr(10), header.text + chr(10))[0])}\n'
            for header in self.headers) + '</dl>')

    # ---- stages ----

    def stages(self, stages):
        out = ['<h1>Stages of the command</h1>']
        for stage in stages:
            rows = ''.join(f'<dt><code>{html.escape(word)}</code><dd>{html.escape(text)}\n'
                           if word else f'<dd>{html.escape(text)}\n' for word, text in stage.help)
            out.append(f'<section id="{stage.name}"><h3>{html.escape(stage.usage)}</h3>'
                       f'<p>{html.escape(stage.does)}. {html.escape(stage.flow)}</p>'
                       f'<dl>{rows}</dl><pre>{html.escape(stage.example)}</pre></section>')
        self.write('stages', 'weir: stages', '\n'.join(out))

    # ---- programs ----

    def examples(self):
        rows = []
        for name, path in self.programs.items():
            code = path.read_text()
            said = re.search(r'/\*(.*?)(\*/|\n \*\n)', code, re.S)[1].replace('\n *', '')
            rows.append(f'<dt><a href="{name}.html">{name}</a><dd>{self.words(said)}\n')
            self.write(name, name, f'<h1>{name}</h1><pre>{self.words(code)}</pre>')
        self.write('examples', 'weir: examples',
                   f'<h1>Examples</h1><dl>{"".join(rows)}</dl>')

    # ---- the guide ----

    def link(self, target):
        path, _, place = target.partition('#')
        stem = Path(path).stem
        if place.startswith('weir_') and place in self.places:
            return self.places[place]
        if path.endswith('guide/README.md'):
            return 'guide.html'
        if path.endswith('.md') and stem in self.pages:
            return f'{stem}.html' + ('#' + place if place else '')
        if re.match(r'(\.\./)*include/weir/\w+\.h$', path):
            return f'{stem}.h.html' if any(h.name == stem for h in self.headers) else None
        if re.match(r'(\.\./)*examples/(from/)?\w+\.c$', path):
            return f'{Path(path).name}.html' if Path(path).name in self.programs else None
        if re.match(r'(\.\./)*examples/?$', path):
            return 'examples.html'
        if stem == 'terminal' and path.endswith('.txt'):
            return 'terminal.html'
        return '#' + place if place and not path else None

    def guide(self):
        titles = []
        for name, path in self.pages.items():
            source = re.sub(r'!\[([^]]*)\]\(([^)]*)\)', '', path.read_text())
            title = re.match(r'# (.*)', source)[1]
            if path.parent == self.root / 'docs':
                titles.append(f'<li><a href="{name}.html">{markdown.inline(title, self.link)}</a>')
            self.write(name, title, markdown.page(source, self.link))
        titles.append('<li><a href="terminal.html">A session at a terminal</a>')
        typed = html.escape((self.root / 'docs/terminal.txt').read_text())
        self.write('terminal', 'weir: a session', f'<h1>A session</h1><pre>{typed}</pre>')
        chapters = markdown.page((self.root / 'docs/guide/README.md').read_text(), self.link)
        self.write('guide', 'weir: guide', f'{chapters}<h2>Pages</h2><ul>{"".join(titles)}</ul>')
        readme = (self.root / 'README.md').read_text()
        self.write('index', 'weir', markdown.page(readme, self.link))


def write(root, out, headers, stages):
    out.mkdir(parents=True, exist_ok=True)
    site = Site(root, out, headers)
    for header in headers:
        site.header(header)
    site.lists()
    site.stages(stages)
    site.examples()
    site.guide()
    shutil.copy(Path(__file__).parent / 'style.css', out / 'style.css')
