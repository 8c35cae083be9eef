/* The live page of what runs, as long as it runs. */
#include "inspect.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

static struct {
    bool wanted, serves, listens, anywhere;
    const char *address; /* NULL: none was said */
} page;

bool inspect_option(const char *option)
{
    static const struct {
        const char *name;
        bool anywhere, bare;
    } known[] = {{"--inspect", false, true}, {"--inspect-anywhere", true, false}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].name);
        if (strncmp(option, known[i].name, n) ||
            (option[n] != '=' && (option[n] || !known[i].bare)))
            continue;
        page.wanted = true;
        page.anywhere = known[i].anywhere;
        page.address = option[n] ? option + n + 1 : NULL;
        return true;
    }
    return false;
}

static int refuse(const weir_error *error)
{
    bool here = error->code != WEIR_E_ARGUMENT || page.anywhere;

    report_plain(here ? error->cure
                      : "127.0.0.1:PORT, [::1]:PORT or :PORT, and a tunnel (ssh -L) to it; or "
                        "--inspect-anywhere=ADDRESS",
                 "--inspect: %s", error->message);
    return error->code == WEIR_E_ARGUMENT ? 2 : 1;
}

/* ---- what weir top looks at: the library's own constructor is not in a program linked so ---- */

static bool is_on(const char *name)
{
    const char *value = getenv(name);
    return value && *value && strcmp(value, "0") != 0;
}

/* It is not what the command was run for: without it that goes on. */
static void listen_if_asked(weir_rt *rt)
{
    weir_inspect_options options = WEIR_INSPECT_OPTIONS(.control = is_on("WEIR_INSPECT_CONTROL"),
                                                        .tap = is_on("WEIR_INSPECT_TAP"));
    weir_error error;

    if (!is_on("WEIR_INSPECT"))
        return;
    page.listens = weir_inspect_start(rt, &error) && weir_inspect_listen(&options, &error);
    if (!page.listens)
        report_plain(error.cure, "WEIR_INSPECT: %s", error.message);
    else if (is_on("WEIR_INSPECT_EXACT"))
        weir_inspect_attach(rt, true);
}

bool inspect_begin(weir_rt *rt, int *status)
{
    weir_inspect_page_options options =
        WEIR_INSPECT_PAGE_OPTIONS(.address = page.address, .anywhere = page.anywhere);
    char url[WEIR_INSPECT_URL_BYTES];
    weir_error error;

    listen_if_asked(rt);
    if (!page.wanted)
        return true;
    if (!weir_inspect_start(rt, &error) || !weir_inspect_page(&options, url, sizeof url, &error)) {
        *status = refuse(&error);
        return false;
    }
    page.serves = true;
    report_plain(page.anywhere ? "nothing is encrypted: who listens in between sees it all" : NULL,
                 "look at %s", url);
    return true;
}

void inspect_end(void)
{
    if (page.serves)
        weir_inspect_page_stop();
    if (page.listens)
        weir_inspect_stop();
    page.serves = page.listens = false;
}
