// SPDX-License-Identifier: MIT

// Hashes every file below a directory: 17_hash_files [DIRECTORY]. The loop reads, a pool of threads
// computes, and only so many files are in memory at a time.

#include <patio/patio.hpp>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

using hashes = std::map<std::string, std::uint64_t>;

/// FNV-1a: quick to write down, and good enough to see whether two files differ.
std::uint64_t hash_of(const std::string& content) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char letter : content)
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
    return hash;
}

/// Holds its slot until it ends, so that not all files are read at once.
patio::async<> hash_file(std::string path, patio::thread_pool& pool, hashes& found,
                         patio::semaphore_permit) {
    const std::string content = co_await patio::read_file(path);
    const std::uint64_t hash = co_await pool.run([&content] { return hash_of(content); });
    found.emplace(std::move(path), hash);
}

patio::async<> hash_tree(std::string directory, patio::thread_pool& pool, hashes& found) {
    patio::semaphore slots{32};
    const auto walk = [&](patio::task_group& group) -> patio::async<> {
        std::vector<std::string> left{std::move(directory)};
        while (!left.empty()) {
            const std::string here = std::move(left.back());
            left.pop_back();
            auto entries = patio::list_directory(here);
            while (auto entry = co_await entries.next()) {
                const std::string path = here + "/" + entry->name();
                if (entry->is_directory()) left.push_back(path);
                if (!entry->is_regular()) continue;
                patio::semaphore_permit slot = co_await slots.acquire();
                group.spawn(hash_file(path, pool, found, std::move(slot)));
            }
        }
    };
    co_await patio::with_task_group(walk);
}

patio::async<> print_hashes(std::string directory) {
    patio::thread_pool pool;
    hashes found;
    co_await hash_tree(directory, pool, found);
    for (const auto& [path, hash] : found)
        std::printf("%016" PRIx64 "  %s\n", hash, path.substr(directory.size() + 1).c_str());
}

patio::async<> demonstrate(std::string directory) {
    co_await patio::make_directories(directory + "/notes/old");
    co_await patio::write_file(directory + "/empty", "");
    co_await patio::write_file(directory + "/notes/a", "foobar");
    co_await patio::write_file(directory + "/notes/old/b", "foobar");
    co_await print_hashes(directory);
}

int main(int argc, char** argv) {
    if (argc == 2) {
        patio::run(print_hashes(argv[1]));
    } else {
        patio::run(patio::with_temp_directory(demonstrate));
    }
}
