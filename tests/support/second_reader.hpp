// SPDX-License-Identifier: MIT
#pragma once

// llhttp, the parser of Node.js, as a second reader of what the library's own has read: two
// programs that see different messages in the same bytes are how requests are smuggled.

#include "wire_http/head.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace patio::testing {

/// Reads the same bytes behind another parser, and tells what it has seen so far.
///
/// llhttp is lenient where people needed it: what is refused by ours may be read by it, so only
/// what ours has taken is given to it, and compared.
class second_reader {
public:
    enum class kind { request, response };

    explicit second_reader(kind what);
    second_reader(second_reader&& other) noexcept;
    second_reader& operator=(second_reader&& other) noexcept;
    ~second_reader();

    /// Which request the next answer belongs to.
    void begin(const wire::http::asked& request);
    /// The bytes that the first reader has taken. Behind a complete message the next one begins.
    void feed(std::string_view bytes);
    /// Nothing comes behind them.
    void finish();

    /// "GET / 1.1 [Host=a]", "200 'OK' 1.1", and what it takes for the framing; or why it refuses.
    [[nodiscard]] std::string head() const;
    [[nodiscard]] const std::string& body() const noexcept;
    /// " [Name=value]" for each; empty if there are none.
    [[nodiscard]] std::string trailers() const;
    [[nodiscard]] bool is_complete() const noexcept;
    /// Whether it has met a chunk extension that it does not read (llhttp 8 takes what follows
    /// `;name=value;` for a bad size, and knows no escapes); then it has no opinion any more.
    [[nodiscard]] bool has_given_up() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace patio::testing
