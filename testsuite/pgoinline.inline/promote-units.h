/* SPDX-License-Identifier: GPL-3.0-or-later  */
struct shape
{
  virtual unsigned area (unsigned) = 0;
};
struct square : shape
{
  unsigned area (unsigned) override;
};
struct circle : shape
{
  unsigned area (unsigned) override;
};
