// SPDX-License-Identifier: MIT

// Whatever comes, and however it is cut: reading by lines, separators, counts and pieces gives the
// same bytes in the same order, and none is lost.

#include <patio/core/stream.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t line_bytes_max = 40;

/// The first bytes say how the rest is cut and read.
class plan {
public:
    explicit plan(std::string_view script) noexcept : script_{script} {}
    unsigned next() noexcept {
        if (script_.empty()) return 0;
        const auto byte = static_cast<unsigned char>(script_.front());
        script_.remove_prefix(1);
        return byte;
    }

private:
    std::string_view script_;
};

/// Reads once. **Returns** what was taken from the stream, as it was there.
patio::async<std::string> read_once(patio::stream& source, unsigned how,
                                    std::string_view expected) {
    switch (how % 4) {
        case 0: {
            const auto line = co_await source.read_line();
            if (!line) co_return std::string{};
            // The line's end was taken away: it is put back as it was.
            std::string all = *line;
            for (const char* end : {"\r\n", "\n", ""}) {
                if (expected.substr(line->size()).starts_with(end)) {
                    all += end;
                    break;
                }
            }
            if (line->find('\n') != std::string::npos) std::abort();
            co_return all;
        }
        case 1: {
            const auto part = co_await source.read_until("ab");
            if (part && !part->ends_with("ab")) std::abort();
            if (part && part->find("ab") != part->size() - 2) std::abort();
            co_return part.value_or("");
        }
        case 2: {
            const std::size_t count = how / 4 % 8;
            std::string part = co_await source.read_exactly(count);
            if (part.size() != count) std::abort();
            co_return part;
        }
        default: {
            std::string part = co_await source.read_some(how / 4 % 8 + 1);
            co_return part;
        }
    }
}

patio::async<> read_all_ways(patio::stream& source, plan ways, std::string_view expected) {
    for (int i = 0; i < 1000; ++i) {
        std::string part;
        bool has_failed = false;
        try {
            part = co_await read_once(source, ways.next(), expected);
        } catch (const patio::error&) {
            has_failed = true;  // too long, or ended too early: nothing is lost
        }
        if (!expected.starts_with(part)) std::abort();
        expected.remove_prefix(part.size());
        if (expected.empty()) break;
        if (has_failed || part.empty()) {
            const std::string one = co_await source.read_some(std::size_t{1});
            if (one != expected.substr(0, 1)) std::abort();
            expected.remove_prefix(1);
        }
    }
}

patio::async<> write_all(patio::stream& target, std::string_view bytes) {
    co_await target.write(bytes);
    co_await target.shutdown();
}

void check(std::string_view input) {
    const std::size_t script_bytes = std::min<std::size_t>(input.size(), 16);
    plan ways{input.substr(0, script_bytes)};
    const std::string_view bytes = input.substr(script_bytes);
    patio::testing::run([&]() -> patio::async<> {
        auto pair = patio::testing::memory_streams(
            patio::testing::memory_options{}.slice_bytes(ways.next() % 16 + 1).buffer_bytes(64));
        std::string unread;
        patio::stream source{pair.second.release(unread),
                             patio::stream_limits{}.line_bytes_max(line_bytes_max)};
        const auto talk = [&](patio::task_group& group) -> patio::async<> {
            group.spawn(write_all(pair.first, bytes));
            co_await read_all_ways(source, ways, bytes);
            group.cancel();
        };
        co_await patio::with_task_group(talk);
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({reinterpret_cast<const char*>(data), size});
    return 0;
}
