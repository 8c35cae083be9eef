/* Pages of the commands that have one of their own, and of the grammar. */
#include "help.h"

#include <string.h>

#include "../lint/help.h"

static const char top[] =
    "weir top: what the stages of a program do while it runs, and which one limits the others\n"
    "\n"
    "  weir top [PID]                        a table that is drawn anew each second; q ends it\n"
    "  weir top --once [PID]                 one table of a second, and it ends\n"
    "  weir top --json [--once] [PID]        what the program says, a JSON object a line\n"
    "  weir top --replay FILE                what --json has printed, as it stood at its end\n"
    "\n"
    "The program is any that uses weir, 'weir' itself included, and lets itself be looked at: it\n"
    "is started with WEIR_INSPECT=1 in its environment, or calls weir_inspect_listen(). Without\n"
    "PID it is the only one of this user; where there are several, they are listed.\n"
    "\n"
    "A row is a stage of a place that spawns tasks. Of the time that its tasks were there it was\n"
    "\n"
    "  # busy        it worked, or waited for its own input, output, timer or tasks\n"
    "  . starved     it waited for those nearer to the source\n"
    "  = blocked     it waited for those nearer to the consumer\n"
    "  / runnable    its task was woken, and no worker had come to it yet\n"
    "\n"
    "items/s are bytes a second where that is said (81 MB); queue is what it holds and may hold,\n"
    "at once how many it has at work and its limit. The star marks the one stage that limits the\n"
    "others. Below stand turns that last so long that others wait for them, and the advice: what\n"
    "to change, what that would bring, and what this takes for granted.\n"
    "\n"
    "  WEIR_INSPECT=1 ./server & weir top\n";

static const char profile[] =
    "weir profile: runs a command, then tells where it should spawn, by what was seen\n"
    "\n"
    "  weir profile COMMAND [ARGUMENT]...\n"
    "  weir profile -- COMMAND...            also where its name begins with -\n"
    "\n"
    "The command, or what it starts, is a program that is linked with the shared libweir, or\n"
    "calls weir_inspect_from_env() or weir_inspect_listen(); it is run with WEIR_INSPECT=1 and\n"
    "measured from its first turn on. At its end, also by ^C, these are printed on standard\n"
    "error:\n"
    "\n"
    "  the table of 'weir top', of the whole run\n"
    "  the places that spawn tasks, those that limit first: the busiest stage of each, how long\n"
    "      an item took there, and what was advised for it while it ran, with what that would\n"
    "      bring\n"
    "  spawns that are not needed: 1000 tasks and more that work for less than a microsecond\n"
    "      and do not wait\n"
    "\n"
    "Advice wants 200 items and a few seconds; a run that ends within milliseconds has none.\n"
    "The exit code is that of the command; 128 and the signal where one ended it; 127 where\n"
    "there is no such command.\n"
    "\n"
    "  weir profile ./import people.csv\n";

static const char tap[] =
    "weir tap: a sample of the items that come out of a stage, a line each\n"
    "\n"
    "  weir tap PID STAGE [N]                until N were shown, or until it is told to stop\n"
    "\n"
    "STAGE is its name, that of its function, both, or its number: map, parse_pet,\n"
    "'map parse_pet', 3. Where several are called so, they are listed with their numbers. Lines\n"
    "and numbers are shown as they are, up to 256 bytes, others as their type and size. How many\n"
    "passed besides is told at the end.\n"
    "\n"
    "It shows what a program works on, so the program has to allow it: it is started with\n"
    "WEIR_INSPECT_TAP=1 besides WEIR_INSPECT=1, or sets .tap of weir_inspect_options.\n"
    "\n"
    "  weir tap 4711 parse_pet 10\n";

static const char explain[] =
    "weir explain: the plan of a pipeline; nothing is opened\n"
    "\n"
    "  weir explain PIPELINE                 as it would run\n"
    "  weir explain run FILE                 the same of one in a file\n"
    "  weir explain serve ADDRESS ! ...      of one connection, and the bound of all\n"
    "  weir --explain PIPELINE               on standard error; then it runs\n"
    "\n"
    "Names, arguments and what flows from stage to stage are checked as before a run; files need\n"
    "not be there. A row is a source, a stage or a sink:\n"
    "\n"
    "  in, out     what comes to it and what it gives: bytes, lines, batches, results, records\n"
    "  buffer      the most that it may hold at once; - is less than 1 KiB\n"
    "  data        copy: what it gives is written anew; zero-copy: it is passed on as it stands\n"
    "  driver      who reads or writes for it outside of the program\n"
    "  note        how it works, and what was joined to be faster\n"
    "\n"
    "The memory bound is what all rows may hold at once, the stages' own with it; of sources that\n"
    "are read one after the other the largest counts. 'at the same time' stands before a chain\n"
    "that reads a tee, 'then' before one that waits for its turn and has a bound of its own.\n"
    "\n"
    "  weir explain access.log.gz ! gunzip ! lines ! grep ERROR ! count\n"
    "  weir explain serve tcp-listen:7,max=50 ! -\n";

static const char serve[] =
    "weir serve: a pipeline for each connection, or for each request\n"
    "\n"
    "  weir serve tcp-listen:[ADDRESS:]PORT[,OPTION]... [! STAGE]... [! SINK]\n"
    "  weir serve unix-listen:PATH[,OPTION]... [! STAGE]... [! SINK]\n"
    "  weir serve http:[ADDRESS:]PORT[,OPTION]... [! STAGE]... [! SINK]\n"
    "\n"
    "The connection is the source, and - as the sink is the connection too. Behind http: the\n"
    "request's body is the source, and - the answer: 200 from its first byte on, 500 where the\n"
    "pipeline fails before. Port 0 is a free one, which is told.\n"
    "\n"
    "  max=N         so many connections at once, 1000 unless told; others wait\n"
    "  peer-max=N    so many of one address; the next one is refused\n"
    "  type=TYPE     of http: the answers' Content-Type\n"
    "\n"
    "What goes wrong with one connection is told on standard error, and ends that one. SIGINT or\n"
    "SIGTERM: no new ones come in, and those that are there have 4 seconds.\n"
    "'weir explain serve ...' prints the plan of one and the bound of all; 'weir stages\n"
    "tcp-listen' has what else may stand behind the address.\n"
    "\n"
    "  weir serve tcp-listen:7 ! -\n"
    "  weir serve tcp-listen:9000,max=50 ! lines ! count ! -\n"
    "  weir serve http:8080,type=text/plain ! gunzip ! -\n";

static const char relay[] =
    "weir relay: what comes from one address goes to another, and back\n"
    "\n"
    "  weir relay ADDRESS ADDRESS [idle=TIME] [still=TIME]\n"
    "\n"
    "An address that listens stands first; then each connection to it has one of its own to\n"
    "the other. - is standard input and output.\n"
    "\n"
    "  max=N         behind the one that listens: so many at once, 1000 unless told; others wait\n"
    "  peer-max=N    so many of one address; the next one is refused\n"
    "  idle=TIME     one direction has ended, and in the other nothing comes for so long: it is\n"
    "                over; 60s unless told\n"
    "  still=TIME    nothing comes in either direction for so long: it is over; never unless told\n"
    "\n"
    "The end of one direction is passed on, a reset as a reset, and who does not read stops who\n"
    "writes to it. What goes wrong with one connection is told on standard error, and ends that\n"
    "one. SIGINT or SIGTERM: no new ones come in, and those that are there have 4 seconds.\n"
    "\n"
    "  weir relay tcp-listen:8443,max=500 tcp:127.0.0.1:443\n"
    "  weir relay - tcp:mail:25\n"
    "  weir relay unix-listen:/run/db.sock tls:db:5432\n";

static const char run[] =
    "weir run: a pipeline from a file\n"
    "\n"
    "  weir run FILE                         - is standard input\n"
    "  weir explain run FILE                 its plan\n"
    "\n"
    "The file has the words that would be typed: newlines are blanks, quotes hold words together,\n"
    "and # at the start of a word begins a comment. No shell reads them, so * and ? and $ are\n"
    "what they are. What is wrong is told with its line.\n"
    "\n"
    "  weir run nightly.weir\n";

static const char grammar[] =
    "weir help grammar: how a pipeline is written\n"
    "\n"
    "  PIPELINE := CHAIN {+ CHAIN}\n"
    "  CHAIN    := HEAD {! STAGE}\n"
    "  HEAD     := SOURCE {SOURCE} | NAME {ARGUMENT} | LABEL.\n"
    "  SOURCE   := FILE | ADDRESS | -\n"
    "  STAGE    := NAME {ARGUMENT} | FILE {ARGUMENT} | ADDRESS | -\n"
    "\n"
    "  !         hands on what comes out; a word of its own, as + is\n"
    "  +         another chain, which runs when the one before it is done; behind a 'tee LABEL'\n"
    "            one that begins with LABEL. reads the copy at the same time\n"
    "  NAME      what 'weir stages' lists; in front a source, behind ! a stage or a sink\n"
    "  FILE      a word with a / or a . in it; in front also the name of a file that is there\n"
    "            and of no stage; file:PATH is any. Behind ! it is written and ends its chain;\n"
    "            a bare word there is no file, but ./WORD is\n"
    "  ADDRESS   SCHEME:REST[,KEY=VALUE]...: tcp:db:9000, exec:'COMMAND'; 'weir stages' has all\n"
    "  -         standard input in front, standard output at the end, as when nothing is named\n"
    "  ARGUMENT  a value (take 10), KEY=VALUE (gzip level=9), a flag (grep -v) or a word\n"
    "            (./FILE append), in any order. A value may be said by its name (take n=10);\n"
    "            behind -- all are values\n"
    "\n"
    "Bytes are 4096, 64K, 1M or 2G, in powers of 1024; times are 500ms, 10s, 5m or 1h.\n"
    "\n"
    "The shell reads the words first: blanks and * ? | & ; < > ( ) $ stand in quotes. '\\!' is a "
    "!\n"
    "that is no separator, and so is text=!. In a file for 'weir run' newlines are blanks, quotes\n"
    "hold words together, and # at the start of a word begins a comment.\n"
    "\n"
    "  weir app.log ! lines ! grep -v '200' ! count\n"
    "  weir a.log b.log ! gzip level=9 ! ./both.gz\n"
    "  weir in.log ! tee t ! gzip ! ./in.log.gz + t. ! lines ! count\n"
    "  weir seq 3 ! ./three append + seq 4 ! ./four\n";

static const struct {
    const char *name, *text;
    void (*print)(void); /* instead of a text */
} pages[] = {{"explain", explain, NULL}, {"grammar", grammar, NULL}, {"lint", NULL, lint_help},
             {"profile", profile, NULL}, {"relay", relay, NULL},     {"run", run, NULL},
             {"serve", serve, NULL},     {"tap", tap, NULL},         {"top", top, NULL}};

const char *help_page_name(size_t i)
{
    return i < sizeof pages / sizeof *pages ? pages[i].name : NULL;
}

bool help_page(const char *name, bool follows)
{
    for (size_t i = 0; help_page_name(i); i++) {
        if (strcmp(pages[i].name, name))
            continue;
        printf("%s%s", follows ? "\n" : "", pages[i].text ? pages[i].text : "");
        if (pages[i].print)
            pages[i].print();
        return true;
    }
    return false;
}
