// SPDX-License-Identifier: MIT
#pragma once

// A name server for tests: in a thread, on the loopback, over UDP and TCP, with answers made to
// order.

#include <patio/io/endpoint.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace patio::test_support {

struct dns_question {
    std::string name;  ///< in small letters, without the last dot
    std::uint16_t type = 0;
    bool is_tcp = false;

    static constexpr std::uint16_t a = 1;
    static constexpr std::uint16_t aaaa = 28;
};

/// What happens to a question.
class dns_reply {
public:
    /// Those of the addresses that are of the asked kind; too many for a datagram are truncated.
    explicit dns_reply(std::vector<std::string> addresses) : addresses_{std::move(addresses)} {}

    [[nodiscard]] static dns_reply no_such_name() { return dns_reply{3}; }
    [[nodiscard]] static dns_reply server_failure() { return dns_reply{2}; }
    /// Nothing comes.
    [[nodiscard]] static dns_reply silence() { return dns_reply{manner::silent}; }
    /// Bytes come that are no message, and nothing else.
    [[nodiscard]] static dns_reply garbage() { return dns_reply{manner::garbage}; }
    /// The answer ends in the middle of a record.
    [[nodiscard]] static dns_reply broken() { return dns_reply{manner::broken}; }
    /// The TCP connection ends; over UDP nothing comes.
    [[nodiscard]] static dns_reply hang_up() { return dns_reply{manner::hangs_up}; }

    /// The name is another name for `real_name`, which has the addresses.
    [[nodiscard]] dns_reply as_alias_of(std::string real_name) && {
        alias_of_ = std::move(real_name);
        return std::move(*this);
    }
    /// Over UDP only the mark comes that says: ask over TCP.
    [[nodiscard]] dns_reply truncated() && {
        is_truncated_ = true;
        return std::move(*this);
    }
    /// Garbage comes first, and an answer to another question.
    [[nodiscard]] dns_reply after_garbage() && {
        is_after_garbage_ = true;
        return std::move(*this);
    }
    /// Over TCP each byte is sent by itself.
    [[nodiscard]] dns_reply sliced() && {
        is_sliced_ = true;
        return std::move(*this);
    }
    /// It is kept until `dns_server::release()`.
    [[nodiscard]] dns_reply held() && {
        is_held_ = true;
        return std::move(*this);
    }

private:
    friend class dns_server;
    enum class manner : std::uint8_t { answers, silent, garbage, broken, hangs_up };

    explicit dns_reply(int code) : code_{code} {}
    explicit dns_reply(manner how) : manner_{how} {}

    std::vector<std::string> addresses_;
    std::string alias_of_;
    int code_ = 0;
    manner manner_ = manner::answers;
    bool is_truncated_ = false;
    bool is_after_garbage_ = false;
    bool is_sliced_ = false;
    bool is_held_ = false;
};

/// The server. What it is asked is answered by `answer`, on the server's thread.
class dns_server {
public:
    using answer_function = std::function<dns_reply(const dns_question&)>;

    explicit dns_server(answer_function answer);
    dns_server(const dns_server&) = delete;
    dns_server& operator=(const dns_server&) = delete;
    ~dns_server();

    [[nodiscard]] const endpoint& at() const { return at_; }
    /// What it was asked so far.
    [[nodiscard]] std::vector<dns_question> questions() const;
    [[nodiscard]] std::size_t question_count() const { return questions().size(); }
    /// Blocks until it was asked so often.
    void wait_for_questions(std::size_t count) const;
    /// Sends what was held until now.
    void release();

private:
    struct connection {
        int fd;
        std::string received;
    };
    struct outgoing {
        int fd;  // of a connection, or -1 for UDP
        endpoint to;
        std::vector<std::string> messages;
        bool is_sliced;
        bool hangs_up;
    };

    void serve();
    void receive_datagrams();
    bool receive_stream(connection& from);
    void handle(const std::string& message, int fd, const endpoint& from);
    void send(const outgoing& what);
    void send_held();

    answer_function answer_;
    endpoint at_;
    int udp_ = -1;
    int listener_ = -1;
    int control_ = -1;  // an eventfd: look at the flags
    std::vector<connection> connections_;
    std::vector<outgoing> held_;
    mutable std::mutex lock_;  // protects what follows
    mutable std::condition_variable has_new_question_;
    std::vector<dns_question> questions_;
    bool is_stopping_ = false;
    bool is_releasing_ = false;
    std::thread thread_;
};

}  // namespace patio::test_support
