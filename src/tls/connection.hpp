// SPDX-License-Identifier: MIT
#pragma once

// One encrypted connection: OpenSSL's state machine between a transport and its users.

#include "ciphertext.hpp"
#include "context_state.hpp"

#include <patio/core/async.hpp>
#include <patio/core/error.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace patio::tls {

/// OpenSSL's calls never wait: they take from and add to a `ciphertext`, and say what they lack.
/// The coroutines here bring it. One task may read while another one writes; either may find that
/// it needs the other direction (a key update while reading, half of a message while writing), so
/// each direction of the transport is used by one task at a time, and who finds it in use waits
/// for what that task brings.
///
/// **Threads** those of its loop.
class connection {
public:
    using context_ref = std::shared_ptr<detail::context_state>;

    /// `unread` came from the transport before. An empty host: a server's side.
    connection(context_ref context, std::unique_ptr<transport> lower, const std::string& unread,
               std::string host);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    async<> handshake();
    async<std::size_t> read_some(byte_span target);
    async<> write(byte_views parts, std::size_t& taken);
    async<> shutdown();
    async<> close();
    void abort() noexcept;

    [[nodiscard]] transport& lower() const noexcept { return *lower_; }
    [[nodiscard]] detail::context_state& context() const noexcept { return *context_; }
    [[nodiscard]] const std::string& host() const noexcept { return host_; }
    [[nodiscard]] SSL& ssl() const noexcept { return *ssl_; }
    [[nodiscard]] bool is_established() const noexcept { return is_established_; }

    // --- for what OpenSSL calls

    [[nodiscard]] static connection& of(const SSL& ssl) noexcept;
    /// Shows the certificate of another context.
    void show(context_ref other);
    /// The first failure is the one that users hear of.
    void fail_with(std::exception_ptr failure) noexcept;
    void note_certificate(const X509_STORE_CTX& checked);

private:
    /// What one of OpenSSL's calls has come to.
    enum class step { done, needs_input, is_at_end, failed };

    void set_up_client();
    void set_up_verification();
    step judge(int result, const char* doing);
    void note_failure(const char* doing);
    [[nodiscard]] std::string describe(const char* doing) const;
    [[nodiscard]] std::string peer_text() const;
    [[nodiscard]] error cut_off(const char* doing) const;

    step try_read(byte_span target, std::size_t& count);
    step read_records(byte_span target, std::size_t& count);
    void check_usable(const char* doing) const;
    void check_established() const;
    async<> greet();
    async<> finish_messages();
    async<> say_goodbye();
    async<> try_goodbye(bool has_text);
    async<> await_goodbye();
    async<> close_within_limit();

    /// Sends what is there now.
    async<> flush();
    /// Brings something to read. **Fails** if there is no more.
    async<> fill(const char* doing);
    /// Lets the other side know why, if it listens, and throws the failure.
    async<> fail();
    async<> flush_alert();

    context_ref context_;
    context_ref shown_;  // keeps it alive: OpenSSL has its address
    std::unique_ptr<transport> lower_;
    std::string host_;
    ciphertext bytes_;
    owned_ssl ssl_;

    // Each direction of the transport: whether a task uses it, and who waits for that task.
    bool is_filling_ = false;
    bool is_flushing_ = false;
    event filled_;
    event flushed_;
    std::uint32_t fill_count_ = 0;
    bool has_ended_ = false;  // the transport has no more

    std::uint64_t unsent_answer_bytes_ = 0;
    bool is_established_ = false;
    bool is_closing_ = false;
    bool is_aborted_ = false;
    std::exception_ptr failure_;  // of the protocol: nothing can be read or written after it
    std::string certificate_details_;
    std::vector<std::byte> gathered_;  // small parts of one write
};

}  // namespace patio::tls
