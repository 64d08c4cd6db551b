"""The product: broadcasts, calls, recordings and uploads, as operators see them.

Rooms, from the top: ``urls`` (the site map), ``views`` (parse, one service call, render), ``tasks``
(ids in, one service call), ``forms`` (a form gives a Query or a Draft), ``services`` (plain functions,
all the rules), ``gateway`` (the one door to CallFire), ``actions`` and ``labels`` (tables: what may be
done, what things are called), ``models`` and ``permissions``. A room imports only from rooms below it.
"""
