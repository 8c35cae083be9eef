// What weir_pipeline.hpp promises. The test dist_cpp builds it with g++ and with clang++, and runs
// it.

#include "weir_pipeline.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#define CHECK(what) ((what) ? (void)0 : fail(#what, __LINE__))

static void fail(const char *what, int line)
{
    std::fprintf(stderr, "test_weir_pipeline.cc:%d: %s\n", line, what);
    std::exit(1);
}

template <class T, class F> static bool throws(F &&use, const char *said)
{
    try {
        use();
    } catch (const T &thrown) {
        if (std::strstr(thrown.what(), said))
            return true;
        std::fprintf(stderr, "%s\n", thrown.what());
    }
    return false;
}

static std::string all(weir::stream<std::string_view> lines)
{
    std::string said;
    for (std::string_view line : lines)
        said.append(line).append(";");
    return said;
}

static void lines_and_bytes()
{
    CHECK(all(weir::pipeline("seq 5 ! skip 3").lines()) == "4;5;");
    CHECK(weir::pipeline("seq 5")
              .lines()
              .filter([](std::string_view l) { return l != "2"; })
              .count() == 4);
    weir::pipeline people("- ! from csv ! where age gt 30 ! to ndjson ! lines", 0,
                          weir::memory("name,age\nAda,36\nBob,25\n"));
    CHECK(all(people.lines()) == "{\"name\":\"Ada\",\"age\":36};");
    char out[8];
    weir::reader bytes = weir::pipeline("seq 2").bytes();
    CHECK(bytes.read(out, sizeof out) == 4 && !std::memcmp(out, "1\n2\n", 4));
    CHECK(bytes.read(out, sizeof out) == 0);
}

static void what_is_known()
{
    weir::pipeline numbers("seq 5 ! skip 3");
    CHECK(numbers.memory_bytes() > 0);
    std::string table = numbers.explain();
    CHECK(table.find("memory bound") != table.npos && std::strlen(table.c_str()) == table.size());
    CHECK(all(numbers.lines()) == "4;5;");
    CHECK(throws<std::logic_error>([&] { numbers.run(); }, "was taken"));
    CHECK(throws<std::logic_error>([&] { numbers.explain(); }, "was taken"));
}

static void wrong_texts()
{
    std::string text = "seq 3 ! tkae 2";
    try {
        weir::pipeline(text, 0, weir::memory("x"));
        CHECK(false);
    } catch (const weir::text_error &error) {
        CHECK(text.substr(error.note.at, error.note.size) == "tkae");
        CHECK(!std::strcmp(error.what(), "no stage called 'tkae'; did you mean 'take'?"));
    }
    weir::reader gone = weir::memory("x");
    gone.lines();
    CHECK(throws<std::logic_error>([&] { weir::pipeline("- ! lines", 0, std::move(gone)); },
                                   "taken"));
}

// Nothing of it is opened: not the file that would be made, either.
static void what_is_not_allowed()
{
    char folder[] = "/tmp/weir_XXXXXX";
    CHECK(mkdtemp(folder));
    std::string path = std::string(folder) + "/f", text = "seq 3 ! to lines ! " + path;
    CHECK(throws<weir::text_error>([] { weir::pipeline("/etc/passwd ! lines"); }, "not allowed"));
    CHECK(throws<weir::text_error>([&] { weir::pipeline{text}; }, "that is not allowed"));
    unsigned others = WEIR_ALLOW_READ | WEIR_ALLOW_NET | WEIR_ALLOW_EXEC | WEIR_ALLOW_BROKERS;
    CHECK(throws<weir::text_error>([&] { weir::pipeline(text, others); }, "not allowed"));
    CHECK(!std::remove(folder)); // it was empty
}

static void runs()
{
    char folder[] = "/tmp/weir_XXXXXX";
    CHECK(mkdtemp(folder));
    std::string path = std::string(folder) + "/f";
    int notes = 0;
    std::string text = "seq 3 ! to lines ! crc32 ! " + path;
    weir::pipeline work(text, WEIR_ALLOW_WRITE, {},
                        [&](const weir_note &note) { notes += *note.message != 0; });
    CHECK(work.run() == 6 && notes == 1);
    CHECK(all(weir::open(path.c_str()).lines()) == "1;2;3;");
    weir::pipeline angry(text, WEIR_ALLOW_WRITE, {},
                         [](const weir_note &) { throw std::out_of_range("no notes"); });
    CHECK(throws<std::out_of_range>([&] { angry.run(); }, "no notes"));
    weir::pipeline crc("seq 3 ! to lines ! crc32 ! lines", 0, {},
                       [](const weir_note &) { throw std::out_of_range("no notes"); });
    auto lines = crc.lines();
    std::string got;
    CHECK(throws<std::out_of_range>(
        [&] {
            for (std::string_view line : lines)
                got += line;
        },
        "no notes"));
    CHECK(got == "123" && all(std::move(lines)).empty());
    // behind a loop that was left it comes out of the next run, whose future goes
    weir::host::here()->thrown = std::make_exception_ptr(std::out_of_range("no notes"));
    CHECK(throws<std::out_of_range>([] { weir::range(0, 3).count(); }, "no notes"));
    CHECK(weir::range(0, 3).count() == 3);
    // who is told of what feeds another stays, too
    weir::pipeline fed(
        "- ! lines ! count ! null", 0,
        weir::pipeline("seq 3 ! to lines ! crc32", 0, {}, [&, more = path](const weir_note &note) {
            notes += !more.empty() && *note.message;
        }).bytes());
    CHECK(fed.run() == 2 && notes == 2);
    std::remove(path.c_str());
    CHECK(!std::remove(folder));
}

static void errors_of_a_run()
{
    CHECK(throws<weir::error>([] { weir::pipeline("seq 3").run(); }, "names no sink"));
    CHECK(throws<weir::error>([] { weir::pipeline("seq 3 ! null").lines().count(); }, "sink"));
    unsigned allow = WEIR_ALLOW_READ;
    CHECK(throws<weir::error>(
        [&] { weir::pipeline("/nonexistent ! lines", allow).lines().count(); }, "/nonexistent"));
    weir::pipeline rows("- ! from csv", 0, weir::memory("a\n1\n"));
    CHECK(throws<weir::error>([&] { rows.lines(); }, "the pipeline gives weir_row, no lines"));
    auto makes = weir::range(0, 2).each([](int64_t) { weir::pipeline("seq 2"); });
    CHECK(throws<weir::error>([&] { makes.count(); }, "cannot make a pipeline"));
}

static void dropped_before_the_end()
{
    weir::pipeline("zero ! null");
    weir::pipeline("- ! lines", 0, weir::memory("a\nb\n"));
    auto lines =
        weir::pipeline("- ! lines", 0, weir::memory("a\nb\n"), [](const weir_note &) {}).lines();
    for (std::string_view line : lines)
        if (line == "a")
            break;
    char out[4];
    CHECK(weir::pipeline("zero").bytes().read(out, sizeof out) == sizeof out);
}

int main()
{
    lines_and_bytes();
    what_is_known();
    wrong_texts();
    what_is_not_allowed();
    runs();
    errors_of_a_run();
    dropped_before_the_end();
}
