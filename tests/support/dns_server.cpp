// SPDX-License-Identifier: MIT

#include "dns_server.hpp"

#include "io/file_descriptor.hpp"
#include "io/socket_address.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <stdexcept>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace patio::test_support {

namespace {

using detail::socket_address;

// RFC 1035, section 4: messages. Only what a stub resolver asks, and no compression but one.
constexpr std::size_t header_bytes = 12;
constexpr std::size_t datagram_bytes_max = 512;
constexpr std::uint16_t type_cname = 5;

void put_16(std::string& into, unsigned value) {
    into += static_cast<char>(value >> 8U);
    into += static_cast<char>(value & 0xFFU);
}

unsigned get_16(const std::string& from, std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(from.at(at))) << 8U |
           static_cast<unsigned char>(from.at(at + 1));
}

std::string encoded_name(const std::string& name) {
    std::string encoded;
    std::size_t begin = 0;
    while (begin < name.size()) {
        const std::size_t end = std::min(name.find('.', begin), name.size());
        encoded += static_cast<char>(end - begin);
        encoded += name.substr(begin, end - begin);
        begin = end + 1;
    }
    return encoded + '\0';
}

/// Reads the question's name; leaves `at` behind it.
std::string take_name(const std::string& message, std::size_t& at) {
    std::string name;
    while (const auto size = static_cast<unsigned char>(message.at(at))) {
        if (!name.empty()) name += '.';
        for (const char c : message.substr(at + 1, size))
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        at += size + 1U;
    }
    ++at;
    return name;
}

void put_record(std::string& into, const std::string& owner, unsigned type,
                const std::string& data) {
    into += owner;
    put_16(into, type);
    put_16(into, 1);  // IN
    put_16(into, 0);
    put_16(into, 60);  // lives for a minute
    put_16(into, static_cast<unsigned>(data.size()));
    into += data;
}

std::string head(unsigned id, unsigned flags, std::size_t answer_count) {
    std::string text;
    put_16(text, id);
    put_16(text, 0x8180U | flags);  // an answer; recursion was desired and is available
    put_16(text, 1);
    put_16(text, static_cast<unsigned>(answer_count));
    put_16(text, 0);
    put_16(text, 0);
    return text;
}

int checked(int result, const char* what) {
    return detail::file_descriptor::checked(result, what).release();
}

}  // namespace

dns_server::dns_server(answer_function answer) : answer_{std::move(answer)} {
    // One port for both: the one that UDP gets may be taken for TCP.
    for (int attempt = 0; attempt < 20 && listener_ < 0; ++attempt) {
        const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
        detail::file_descriptor udp{checked(::socket(AF_INET, SOCK_DGRAM | flags, 0), "socket")};
        detail::file_descriptor tcp{checked(::socket(AF_INET, SOCK_STREAM | flags, 0), "socket")};
        const socket_address any{endpoint{ip_address::loopback_v4(), 0}};
        checked(::bind(udp.value(), any.data(), any.length) == 0 ? 1 : -1, "bind");
        socket_address got;
        ::getsockname(udp.value(), got.data(), &got.length);
        if (::bind(tcp.value(), got.data(), got.length) != 0) continue;
        if (::listen(tcp.value(), 64) != 0) continue;
        at_ = got.to_endpoint();
        udp_ = udp.release();
        listener_ = tcp.release();
    }
    if (listener_ < 0) throw std::runtime_error{"no port is free for UDP and TCP"};
    control_ = checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
    thread_ = std::thread{[this] { serve(); }};
}

dns_server::~dns_server() {
    {
        const std::lock_guard guard{lock_};
        is_stopping_ = true;
    }
    ::eventfd_write(control_, 1);
    thread_.join();
    for (const connection& each : connections_)
        ::close(each.fd);
    for (const int fd : {udp_, listener_, control_})
        ::close(fd);
}

std::vector<dns_question> dns_server::questions() const {
    const std::lock_guard guard{lock_};
    return questions_;
}

void dns_server::wait_for_questions(std::size_t count) const {
    std::unique_lock guard{lock_};
    has_new_question_.wait(guard, [&] { return questions_.size() >= count; });
}

void dns_server::release() {
    {
        const std::lock_guard guard{lock_};
        is_releasing_ = true;
    }
    ::eventfd_write(control_, 1);
}

void dns_server::serve() {
    for (;;) {
        std::vector<pollfd> files{{control_, POLLIN, 0}, {udp_, POLLIN, 0}, {listener_, POLLIN, 0}};
        for (const connection& each : connections_)
            files.push_back({each.fd, POLLIN, 0});
        ::poll(files.data(), files.size(), -1);
        eventfd_t count = 0;
        ::eventfd_read(control_, &count);
        {
            const std::lock_guard guard{lock_};
            if (is_stopping_) return;
        }
        send_held();
        receive_datagrams();
        std::vector<connection> open;
        for (connection& each : std::exchange(connections_, {})) {
            if (receive_stream(each)) {
                open.push_back(std::move(each));
            } else {
                ::close(each.fd);
            }
        }
        connections_ = std::move(open);
        const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (accepted >= 0) {
            const int on = 1;
            ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            connections_.push_back({accepted, {}});
        }
    }
}

void dns_server::receive_datagrams() {
    for (;;) {
        std::string message(4096, '\0');
        socket_address from;
        const auto size =
            ::recvfrom(udp_, message.data(), message.size(), 0, from.data(), &from.length);
        if (size < 0) return;
        message.resize(static_cast<std::size_t>(size));
        handle(message, -1, from.to_endpoint());
    }
}

/// Takes what has come. False: the connection has ended.
bool dns_server::receive_stream(connection& from) {
    char buffer[4096];
    const auto size = ::recv(from.fd, buffer, sizeof buffer, 0);
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    from.received.append(buffer, static_cast<std::size_t>(size));
    while (from.received.size() >= 2) {
        const std::size_t length = get_16(from.received, 0);
        if (from.received.size() < 2 + length) break;
        const std::string message = from.received.substr(2, length);
        from.received.erase(0, 2 + length);
        handle(message, from.fd, {});
    }
    return true;
}

void dns_server::handle(const std::string& message, int fd, const endpoint& from) {
    dns_question question;
    std::size_t at = header_bytes;
    question.name = take_name(message, at);
    question.type = static_cast<std::uint16_t>(get_16(message, at));
    question.is_tcp = fd >= 0;
    const std::string asked = message.substr(header_bytes, at + 4 - header_bytes);
    {
        const std::lock_guard guard{lock_};
        questions_.push_back(question);
    }
    has_new_question_.notify_all();
    const dns_reply reply = answer_(question);
    using manner = dns_reply::manner;
    outgoing out{fd, from, {}, reply.is_sliced_, reply.manner_ == manner::hangs_up};
    if (reply.manner_ == manner::silent || (out.hangs_up && fd < 0)) return;
    const unsigned id = get_16(message, 0);
    if (reply.is_after_garbage_) {
        out.messages.emplace_back("\1\2\3");
        out.messages.push_back(head(id ^ 0x5555U, 0, 0) + asked);  // another's
        out.messages.push_back(head(id, 3, 0) + encoded_name("other") +
                               asked.substr(asked.size() - 4));
    }
    if (reply.manner_ == manner::garbage) {
        out.messages.emplace_back(40, '\xA5');
    } else if (!out.hangs_up) {
        std::string records;
        std::size_t count = 0;
        std::string owner = "\xC0\x0C";  // the question's name
        if (!reply.alias_of_.empty()) {
            put_record(records, owner, type_cname, encoded_name(reply.alias_of_));
            owner = encoded_name(reply.alias_of_);
            ++count;
        }
        for (const std::string& text : reply.addresses_) {
            const auto address = ip_address::parse(text);
            if ((question.type == dns_question::a) != address.is_v4()) continue;
            put_record(records, owner, question.type,
                       {reinterpret_cast<const char*>(address.data()), address.size()});
            ++count;
        }
        std::string whole = head(id, static_cast<unsigned>(reply.code_), count) + asked + records;
        if (fd < 0 && (reply.is_truncated_ || whole.size() > datagram_bytes_max)) {
            whole = head(id, 0x0200, 0) + asked;
        }
        if (reply.manner_ == manner::broken) whole = head(id, 0, 1) + asked + "\xC0\x0C";
        out.messages.push_back(std::move(whole));
    }
    if (reply.is_held_) {
        held_.push_back(std::move(out));
    } else {
        send(out);
    }
}

void dns_server::send_held() {
    {
        const std::lock_guard guard{lock_};
        if (!std::exchange(is_releasing_, false)) return;
    }
    for (const outgoing& each : std::exchange(held_, {})) {
        const bool is_gone = std::none_of(connections_.begin(), connections_.end(),
                                          [&](const connection& to) { return to.fd == each.fd; });
        if (each.fd < 0 || !is_gone) send(each);
    }
}

void dns_server::send(const outgoing& what) {
    if (what.hangs_up) ::shutdown(what.fd, SHUT_RDWR);
    for (const std::string& message : what.messages) {
        if (what.fd < 0) {
            const socket_address to{what.to};
            ::sendto(udp_, message.data(), message.size(), 0, to.data(), to.length);
            continue;
        }
        std::string framed;
        put_16(framed, static_cast<unsigned>(message.size()));
        framed += message;
        const std::size_t piece = what.is_sliced ? 1 : framed.size();
        for (std::size_t at = 0; at < framed.size(); at += piece)
            ::send(what.fd, framed.data() + at, piece, MSG_NOSIGNAL);
    }
}

}  // namespace patio::test_support
