// SPDX-License-Identifier: MIT

// Whatever a coded body is and however it is cut: the same bytes, no more than the limit, or the
// same fault. What is encoded is decoded to what it was.

#include "http/coding.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace patio::http;

constexpr std::size_t output_bytes_max = 4096;

std::string decode(const coding_list& codings, patio::byte_view input, std::size_t piece_bytes,
                   std::size_t room_bytes, std::size_t limit) {
    decoder machine{codings, limit};
    std::array<std::byte, 512> memory{};
    const patio::byte_span room = patio::byte_span{memory}.first(room_bytes);
    std::string plain;
    while (!input.empty()) {
        patio::byte_view rest = input.first(piece_bytes);
        input = input.from(rest.size());
        for (;;) {
            const coding_step step = machine.decode(rest, room);
            rest = rest.from(step.read);
            plain.append(reinterpret_cast<const char*>(room.data()), step.written);
            if (plain.size() > limit) std::abort();
            if (step.state == coding_state::failed)
                return plain + std::to_string(static_cast<int>(machine.fault()));
            if (step.state == coding_state::wants_input && !rest.empty()) std::abort();
            if (step.state == coding_state::wants_input) break;
            if (step.written != room.size()) std::abort();
        }
    }
    return plain + std::to_string(static_cast<int>(machine.finish()));
}

std::string encode(coding with, patio::byte_view plain) {
    encoder machine{with, 1};
    std::array<std::byte, 100> room{};
    std::string coded;
    for (;;) {
        const coding_step step = machine.encode(plain, room, coding_end::finish);
        plain = plain.from(step.read);
        coded.append(reinterpret_cast<const char*>(room.data()), step.written);
        if (step.state == coding_state::ended) return coded;
        if (step.state != coding_state::wants_room) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr coding all[] = {coding::gzip, coding::deflate, coding::br, coding::zstd};
    const unsigned choice = data[0];
    coding_list codings;
    if (codings.add(all[choice % 4]) != coding_fault::none) std::abort();
    if (choice & 4 && codings.add(all[choice / 8 % 4]) != coding_fault::none) std::abort();
    const patio::byte_view body{data + 1, size - 1};
    const std::string whole = decode(codings, body, body.size(), 512, output_bytes_max);
    // How far a broken body can be read, and which of two codings sees it first, depends on the
    // pieces; whether it is broken does not.
    const std::string cut = decode(codings, body, 1, 7, output_bytes_max);
    if ((whole.back() == '0') != (cut.back() == '0')) std::abort();
    if (whole.back() == '0' && whole != cut) std::abort();
    if (choice >= 128) {
        const coding with = choice & 1 ? coding::gzip : choice & 2 ? coding::zstd : coding::br;
        coding_list list;
        if (list.add(with) != coding_fault::none) std::abort();
        const std::string coded = encode(with, body);
        const std::string plain = decode(list, coded, 5, 100, body.size());
        if (plain != std::string{reinterpret_cast<const char*>(body.data()), body.size()} + "0")
            std::abort();
    }
    return 0;
}
