// SPDX-License-Identifier: MIT

// The tour: the ideas of the lesson, one after another, with real timings.

#include "stations.hpp"

#include <unistd.h>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>

namespace {

constexpr int station_count = static_cast<int>(std::size(tour::stations));

int usage(const char* program) {
    std::fprintf(stderr,
                 "usage: %s [--plain] [--list] [--station N|NAME]\n"
                 "  --plain      no colours; also chosen when the output is not a terminal\n"
                 "  --list       the stations, a line each\n"
                 "  --station N  only this one, by its number (1 to %d) or its name\n",
                 program, station_count);
    return 2;
}

/// The station's index, or -1.
int find_station(std::string_view wanted) {
    int number = 0;
    const char* end = wanted.data() + wanted.size();
    if (std::from_chars(wanted.data(), end, number).ptr == end && !wanted.empty()) {
        return number >= 1 && number <= station_count ? number - 1 : -1;
    }
    for (int i = 0; i < station_count; ++i) {
        if (wanted == tour::stations[i].name) return i;
    }
    return -1;
}

bool visit(int index, bool is_plain) {
    const tour::station& station = tour::stations[index];
    tour::stage out{is_plain, tour::source_of(station.name)};
    out.title(index + 1, station.title);
    try {
        station.visit(out);
    } catch (const std::exception& error) {
        out.promise(false, std::string{"the station failed: "} + error.what());
    }
    std::fflush(stdout);
    return out.kept_all();
}

}  // namespace

int main(int argument_count, char** arguments) {
    bool is_plain = isatty(STDOUT_FILENO) == 0 || std::getenv("NO_COLOR") != nullptr;
    int only = -1;
    for (int i = 1; i < argument_count; ++i) {
        const std::string_view argument = arguments[i];
        if (argument == "--plain") {
            is_plain = true;
        } else if (argument == "--list") {
            for (int n = 0; n < station_count; ++n) {
                std::printf("%2d  %-11s %s\n", n + 1, tour::stations[n].name,
                            tour::stations[n].title);
            }
            return 0;
        } else if (argument == "--station" && i + 1 < argument_count) {
            only = find_station(arguments[++i]);
            if (only < 0) {
                std::fprintf(stderr, "%s: there is no station '%s'\n", arguments[0], arguments[i]);
                return usage(arguments[0]);
            }
        } else {
            return usage(arguments[0]);
        }
    }

    const tour::stopwatch clock;
    int visited = 0;
    int failed = 0;
    for (int i = 0; i < station_count; ++i) {
        if (only >= 0 && i != only) continue;
        ++visited;
        if (!visit(i, is_plain)) ++failed;
    }
    std::printf("\n%d %s in %.1f s", visited, visited == 1 ? "station" : "stations",
                clock.seconds());
    if (failed > 0) {
        std::printf("; a promise did not hold at %d of them\n", failed);
        return 1;
    }
    std::printf(". Next: read examples/tour/, change something, run it again.\n");
    return 0;
}
