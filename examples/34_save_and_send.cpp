// SPDX-License-Identifier: MIT

// A file that is there whole or not at all, is read in pieces, and goes over a connection.

#include <patio/patio.hpp>

#include <cstdio>
#include <string>

/// Who reads the settings sees the old ones or the new ones, never half of them.
patio::async<> save_settings(std::string path, std::string text) {
    co_await patio::write_file(path, text, patio::write_how::atomic);
}

patio::async<> print_first_line(std::string path) {
    patio::file settings = co_await patio::file::open(path);
    auto lines = settings.lines();
    if (const auto line = co_await lines.next()) std::printf("%s\n", line->c_str());

    char end[4];
    const std::size_t count = co_await settings.pread(end, 12);  // does not move the position
    std::printf("at 12: %.*s, at %zu in the file\n", static_cast<int>(count), end,
                static_cast<std::size_t>(settings.position()));
}

patio::async<> send_settings(std::string path, patio::endpoint to) {
    patio::file settings = co_await patio::file::open(path);
    patio::stream server = co_await patio::open_connection(to);
    co_await patio::send_file(server, settings.native_handle());
    co_await server.shutdown();
    const std::string answer = co_await server.read_all();
    std::printf("%s\n", answer.c_str());
}

patio::async<> count_bytes(patio::stream peer) {
    const std::string all = co_await peer.read_all();
    co_await peer.write("got ", std::to_string(all.size()), " bytes");
}

patio::async<> demonstrate(std::string directory) {
    const std::string path = directory + "/settings";
    co_await save_settings(path, "colour=red\n");
    co_await save_settings(path, "colour=blue\nsize=12\n");
    co_await print_first_line(path);

    auto server = co_await patio::start_server(count_bytes, patio::endpoint::parse("127.0.0.1:0"));
    co_await send_settings(path, server.endpoints().front());

    auto entries = patio::list_directory(directory);
    while (const auto entry = co_await entries.next())
        std::printf("in the directory: %s\n", entry->name().c_str());
    try {
        co_await patio::read_file("/nonexistent/settings");
    } catch (const patio::error& failure) {
        std::printf("%s\n", failure.what());
    }
}

int main() { patio::run(patio::with_temp_directory(demonstrate)); }
