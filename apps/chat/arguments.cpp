// SPDX-License-Identifier: MIT

#include "options.hpp"

#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

namespace chat {

namespace {

constexpr const char* description = "A chat for browsers: one program, one file.\n";
constexpr const char* footer =
    "\nPut something that speaks TLS before it, with --per-address 0 and the --origin that\n"
    "browsers see. Ctrl-C or SIGTERM stops it; connected pages come back by themselves.\n"
    "The exit status is 0 after a stop, 1 if it cannot run and 2 for wrong arguments.";

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
        ->type_name("FILE")
        ->capture_default_str();
    app.add_option("--history", to.most.history_messages,
                   "Messages of a room that are kept; those of a day are kept anyway")
        ->check(CLI::Range(std::uint64_t{missed_messages_max}, std::uint64_t{1} << 40U))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--rooms", to.most.rooms_max, "Rooms at most")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--people", to.most.room_people_max, "Connections in a room at most")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--connections", to.connections_max, "Connections at most")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--per-address", to.per_address_max,
                   "Connections from one address at most; 0: no limit")
        ->check(CLI::Range(0, 1'000'000))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--origin", to.origins,
                   "Pages of this origin may connect, and no others; may be given again")
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
