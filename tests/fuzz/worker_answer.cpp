// SPDX-License-Identifier: MIT

// Whatever a broken worker sends is a value, an exception, or malformed.

#include <patio/core/error.hpp>
#include <patio/io/bytes_codec.hpp>
#include <patio/io/process_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using value = std::tuple<std::vector<std::string>, std::optional<std::vector<double>>,
                             std::pair<int, std::string>, std::vector<std::vector<char>>>;
    const patio::byte_view bytes{data, size};
    try {
        patio::bytes_reader from{bytes};
        const auto read = from.read<value>();
        patio::bytes_writer to;
        to.write(read);
        if (to.bytes().size() + from.size() != size) std::abort();
    } catch (const patio::error& error) {
        if (error.code() != patio::errc::malformed) std::abort();
    }
    try {
        patio::detail::process_answer answer;
        answer.kind = 2;
        answer.bytes.assign(bytes.begin(), bytes.end());
        patio::detail::check_answer(answer);
        std::abort();
    } catch (const patio::remote_exception&) {  // one of the two ways
    } catch (const patio::error& error) {
        if (error.code() != patio::errc::malformed) std::abort();
    }
    return 0;
}
