// SPDX-License-Identifier: MIT
#pragma once

// SQLite, and the vocabulary of all databases.

#include <patio/sql/sql.hpp>
#include <patio/sqlite/connection.hpp>
#include <patio/sqlite/error.hpp>
#include <patio/sqlite/options.hpp>
