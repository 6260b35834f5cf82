// SPDX-License-Identifier: MIT
#pragma once

// What has come from the transport and what has to go there: the two ends of OpenSSL's BIO.

#include "openssl.hpp"

#include <patio/base/bytes.hpp>
#include <patio/core/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace patio::tls {

/// Bytes from the transport that OpenSSL has not read yet.
class input_bytes {
public:
    explicit input_bytes(const std::string& first);

    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    /// Where to read to. **Use** only while it is empty.
    [[nodiscard]] byte_span room();
    void add(std::size_t count) noexcept;
    /// Moves bytes out. **Returns** how many.
    std::size_t take(void* target, std::size_t size) noexcept;

private:
    static constexpr std::size_t first_bytes = std::size_t{4} << 10;
    static constexpr std::size_t bytes_max = std::size_t{64} << 10;

    std::vector<std::byte> memory_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// Bytes for the transport. It has those in its hands that a write works on; what OpenSSL makes
/// meanwhile stands behind them.
///
/// A record that is sent in part must be sent to its end, or no other can follow. So bytes leave
/// only as the transport takes them: a write that is cancelled leaves its rest here, for the next.
class output_bytes {
public:
    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(added_ - gone_);
    }
    [[nodiscard]] bool empty() const noexcept { return added_ == gone_; }
    /// How many bytes have ever been added; and how many of those are gone.
    [[nodiscard]] std::uint64_t added() const noexcept { return added_; }
    [[nodiscard]] std::uint64_t gone() const noexcept { return gone_; }
    void add(const void* bytes, std::size_t size);
    /// Whether a transport could not say how far a write got that did not end: nothing can follow.
    [[nodiscard]] bool is_torn() const noexcept { return is_torn_; }

    /// One write of what there is.
    class flight {
    public:
        explicit flight(output_bytes& from);
        flight(const flight&) = delete;
        flight& operator=(const flight&) = delete;
        ~flight();

        [[nodiscard]] byte_views parts() const noexcept { return {&view_, 1}; }
        std::size_t taken = 0;

    private:
        output_bytes& from_;
        byte_view view_;
    };

private:
    static constexpr std::size_t kept_bytes_max = std::size_t{20} << 10;

    std::vector<std::byte> flying_;
    std::size_t flown_ = 0;  // that many of flying_ are gone
    std::vector<std::byte> waiting_;
    std::uint64_t added_ = 0;
    std::uint64_t gone_ = 0;
    bool is_torn_ = false;
};

/// What OpenSSL reads from and writes to, instead of a socket. It never waits,
/// and has no end: where the transport ends, OpenSSL is not asked any more.
struct ciphertext {
    explicit ciphertext(const std::string& first) : input{first} {}

    input_bytes input;
    output_bytes output;
};

/// Makes a BIO over it. **Borrows** it as long as the BIO lives.
[[nodiscard]] owned_bio make_bio(ciphertext& bytes);

}  // namespace patio::tls
