// SPDX-License-Identifier: MIT

#include "options.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

#include <CLI/CLI.hpp>

namespace chat {

namespace {

constexpr const char* description = "A chat for browsers: one program, one file.\n";
constexpr const char* footer =
    "\nPut something that speaks TLS before it, with --per-address 0 and the --origin that\n"
    "browsers see. Ctrl-C or SIGTERM stops it; connected pages come back by themselves.\n"
    "The exit status is 0 after a stop, 1 if it cannot run and 2 for wrong arguments.";

std::string check_file(const std::string& path) {
    return path.empty() ? "there is no file without a name" : "";
}

/// As browsers write one: RFC 6454 section 6.2.
std::string check_origin(const std::string& text) {
    const std::size_t begin = text.starts_with("https://")  ? 8
                              : text.starts_with("http://") ? 7
                                                            : text.size();
    const bool is_host = begin < text.size() && text.find_first_of("/?# ", begin) == text.npos;
    return is_host ? "" : '"' + text + "\" is no origin, such as https://chat.example.org";
}

template <class Number>
void add_count(CLI::App& app, const char* name, Number& to, std::uint64_t min, std::uint64_t max,
               const char* about) {
    app.add_option(name, to, about)
        ->check(CLI::Range(min, max).description(""))  // the help need not say it
        ->type_name("N")
        ->capture_default_str();
}

void add_options(CLI::App& app, options& to) {
    const auto listen = [&to](const std::string& text) {
        const auto at = patio::endpoint::try_parse(text);
        if (!at) throw CLI::ValidationError{"--listen: \"" + text + "\" is no ADDRESS:PORT"};
        to.listen = *at;
    };
    app.add_option_function<std::string>("--listen", listen,
                                         "Where to listen [127.0.0.1:8080]; port 0 chooses one")
        ->type_name("ADDRESS:PORT");
    app.add_option("--data", to.data, "Where everything is kept; :memory: forgets it at the end")
        ->check(check_file)
        ->type_name("FILE")
        ->capture_default_str();
    // If messages were dropped behind what a client has, more than it may miss must be left: so it
    // begins anew, and does not take them for all.
    add_count(app, "--history", to.most.history_messages, missed_messages_max + 1,
              std::uint64_t{1} << 40U,
              "Messages of a room that are kept; those of a day are anyway");
    add_count(app, "--rooms", to.most.rooms_max, 1, 1'000'000, "Rooms at most");
    add_count(app, "--people", to.most.room_people_max, 1, 1'000'000,
              "Connections in a room at most");
    add_count(app, "--connections", to.connections_max, 1, 1'000'000, "Connections at most");
    add_count(app, "--per-address", to.per_address_max, 0, 1'000'000,
              "Connections from one address at most; 0: no limit");
    app.add_option("--origin", to.origins,
                   "Pages of this origin may connect, and no others; may be given again")
        ->check(check_origin)
        ->type_name("ORIGIN");
}

}  // namespace

arguments read_arguments(const std::vector<std::string>& given) {
    arguments read;
    CLI::App app{description, "patio-chat"};
    app.footer(footer);
    app.get_formatter()->column_width(32);
    add_options(app, read.run);
    try {
        std::vector<std::string> reversed{given.rbegin(), given.rend()};  // as CLI11 wants it
        app.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        read.ends = true;
        read.text = app.help();
    } catch (const CLI::ParseError& mistake) {
        read.ends = true;
        read.status = 2;
        read.text = std::string{"patio-chat: "} + mistake.what() + "\nTry patio-chat --help\n";
    }
    return read;
}

}  // namespace chat
