/* Pages of the commands that look at a program while it runs. */
#include "help.h"

#include <string.h>

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

static const struct {
    const char *name, *text;
} pages[] = {{"top", top}, {"profile", profile}, {"tap", tap}};

bool help_page(const char *name, bool follows)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (!strcmp(pages[i].name, name)) {
            printf("%s%s", follows ? "\n" : "", pages[i].text);
            return true;
        }
    return false;
}
