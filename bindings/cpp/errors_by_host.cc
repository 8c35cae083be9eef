// Counts the errors of a log by host, and goes on behind lines that say nothing.

#include "weir.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

static std::string host_of(std::string_view line)
{
    std::istringstream words{std::string(line)};
    std::string time, level, host;
    if (!(words >> time >> level >> host))
        throw std::invalid_argument("not enough fields");
    return level == "ERROR" ? host : "";
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return std::fprintf(stderr, "usage: errors_by_host LOG\n"), 2;
    std::map<std::string, int> counts;
    auto hosts = weir::open(argv[1]).lines().map(host_of).filter(
        [](const std::string &host) { return !host.empty(); });
    for (bool over = false; !over;) {
        try {
            for (const std::string &host : hosts)
                counts[host]++;
            over = true;
        } catch (const weir::error &error) {
            std::printf("line %d: %s\n", (int)error.raw.record, error.what());
            over = error.raw.fatal;
        }
    }
    std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
    std::sort(sorted.begin(), sorted.end(), [](auto &a, auto &b) { return a.second > b.second; });
    for (auto &[host, n] : sorted)
        std::printf("%s %d\n", host.c_str(), n);
}
