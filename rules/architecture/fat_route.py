"""Reports endpoints that do the application's work themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from reviewer.api import Category, EndpointWork, Finding, Project, Related, Rule, Severity

#: Endpoints of a module that make a habit.
HABIT_MINIMUM = 4


class FatRouteOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `fat-route`."""

    max_statements: int = 13
    max_branches: int = 4
    max_queries: int = 3


class FatRoute(Rule):
    """Finds endpoints with business logic in their body: many steps, and decisions or queries among them.

    ## What it reports
    An endpoint with more than `max_statements` statements that also has more than `max_branches` branches (conditions,
    loops, error handlers) or runs more than `max_queries` database queries itself.

    Counted is what is not about HTTP. Nothing counts of: refusing (`raise`, `abort`, and the `if` that guards it),
    translating errors, returning, logging, flashing, reading the request, copying fields between a form and an object,
    naming a value, nested functions, and pages built of nested `with` blocks. Functions that the endpoint calls count
    as one statement each: a handler that only calls services is thin however many it calls in a row. Web sockets are
    left out. Where four or more endpoints of a module are too long there is one finding, at the longest.

    ## Why
    What stands in a handler can be reached by one HTTP request only: no task, command or other route can use it, and
    each of its paths must be tested through a client, with all that a request needs. Steps, decisions and queries in
    one body also hide which of them belong to one transaction.

    ## When to ignore it
    Where a handler is long because the protocol is, as with the callback of an identity provider.

    ## Options
    - `max_statements`: statements that an endpoint may have with any number of branches and queries (13).
    - `max_branches`: branches that a longer endpoint may have (4).
    - `max_queries`: queries that a longer endpoint may run itself, ends of transactions not counted (3).
    """

    category = Category.MAINTAINABILITY
    severity = Severity.WARNING
    checklist = (
        "Follow the single responsibility principle by separating concerns among views, business logic, and task "
        "queues.",
        "Keep business logic out of the views by abstracting them into separate functions or classes.",
        "Follow the single responsibility principle, by separating concerns among routes, business logic and task "
        "queues.",
        "Keep business logic out of routes by abstracting them into separate functions or classes.",
        "Check if the business logic is properly separated from the routes.",
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/bigger-applications/",
        "https://flask.palletsprojects.com/en/stable/patterns/packages/",
    )
    Options = FatRouteOptions
    bad = (
        {
            "main.py": """from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session
from database import Coupon, Customer, Item, Order, Product, get_session
from mail import send_mail

app = FastAPI()


@app.post("/orders", status_code=201)
def place_order(data: dict, session: Session = Depends(get_session)):  # <- fat-route
    customer = session.get(Customer, data["customer_id"])
    if customer is None:
        raise HTTPException(status_code=404, detail="Customer not found")
    order = Order(customer=customer, total=0)
    for line in data["lines"]:
        product = session.get(Product, line["product_id"])
        if product is None or product.stock < line["quantity"]:
            raise HTTPException(status_code=409, detail="Not in stock")
        product.stock -= line["quantity"]
        price = product.price * line["quantity"]
        if line["quantity"] >= 10:
            price -= price * 5 // 100
        session.add(Item(order=order, product=product, price=price))
        order.total += price
    if data.get("coupon"):
        coupon = session.scalar(select(Coupon).where(Coupon.code == data["coupon"]))
        if coupon is not None and not coupon.is_used:
            order.total -= coupon.value
            coupon.is_used = max(1, coupon.uses)
    if customer.orders > 20:
        customer.level = customer.level_after(order)
    session.add(order)
    session.commit()
    send_mail(customer.email, f"Order {order.id}")
    return {"id": order.id, "total": order.total}
""",
            "database.py": """from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

SessionLocal = sessionmaker(create_engine("sqlite://"))


class Base(DeclarativeBase):
    pass


class Coupon(Base):
    __tablename__ = "coupons"
    code: Mapped[str] = mapped_column(primary_key=True)


def get_session():
    with SessionLocal() as session:
        yield session
""",
            "mail.py": """def send_mail(address: str, text: str) -> None:
    print(address, text)
""",
        },
        """from flask import Flask, render_template
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    is_active = db.Column(db.Boolean)


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer)
    views = db.Column(db.Integer)


@app.get("/admin/statistics")
def statistics():  # <- fat-route
    users = User.query.count()
    active = User.query.filter_by(is_active=True).count()
    posts = Post.query.count()
    views = db.session.query(db.func.sum(Post.views)).scalar() or 0
    by_user = {}
    for user_id, count in db.session.query(Post.user_id, db.func.count()).group_by(Post.user_id):
        by_user[user_id] = count * 100 // posts
    busiest = max(by_user, key=by_user.get, default=None)
    quietest = min(by_user, key=by_user.get, default=None)
    names = sorted(str(user_id) for user_id in by_user)
    ranks = list(enumerate(names, start=1))
    average = round(views / max(posts, 1), 2)
    share = round(active / max(users, 1), 2)
    median = sorted(by_user.values())[len(by_user) // 2]
    spread = max(by_user.values()) - min(by_user.values())
    return render_template("statistics.html", busiest=busiest, quietest=quietest, ranks=ranks, average=average,
                           share=share, median=median, spread=spread)
""",
        """from flask import Flask, request
from warehouse import doubled, limit, publish, seen, store, warn

app = Flask(__name__)


@app.post("/tables")
def count_tables():
    sizes = request.json["sizes"]
    total = 0
    for size in sizes:
        if size in doubled:
            size *= 2
            warn(size)
        if size > limit:
            size -= limit
            warn(limit)
        if size in seen:
            size += 1
            warn(seen)
        if size < total:
            total -= size
            warn(total)
        seen.add(size)
        total += size
        store(size)
        store(total)
        publish(size)
        publish(total)
    return {"total": total}


@app.post("/chairs")
def count_chairs():
    sizes = request.json["sizes"]
    total = 0
    for size in sizes:
        if size in doubled:
            size *= 2
            warn(size)
        if size > limit:
            size -= limit
            warn(limit)
        if size in seen:
            size += 1
            warn(seen)
        if size < total:
            total -= size
            warn(total)
        seen.add(size)
        total += size
        store(size)
        store(total)
        publish(size)
        publish(total)
    return {"total": total}


@app.post("/lamps")
def count_lamps():
    sizes = request.json["sizes"]
    total = 0
    for size in sizes:
        if size in doubled:
            size *= 2
            warn(size)
        if size > limit:
            size -= limit
            warn(limit)
        if size in seen:
            size += 1
            warn(seen)
        if size < total:
            total -= size
            warn(total)
        seen.add(size)
        total += size
        store(size)
        store(total)
        publish(size)
        publish(total)
    return {"total": total}


@app.post("/shelves")
def count_shelves():  # <- fat-route
    sizes = request.json["sizes"]
    total = 0
    for size in sizes:
        if size in doubled:
            size *= 2
            warn(size)
        if size > limit:
            size -= limit
            warn(limit)
        if size in seen:
            size += 1
            warn(seen)
        if size < total:
            total -= size
            warn(total)
        seen.add(size)
        total += size
        store(size)
        store(total)
        publish(size)
        publish(total)
        publish(limit)
        publish(seen)
    return {"total": total}
""",
    )
    good = (
        {
            "main.py": """from fastapi import BackgroundTasks, FastAPI, HTTPException
import logging
import orders

app = FastAPI()
log = logging.getLogger(__name__)


@app.post("/orders", status_code=201)
def place_order(data: dict, background_tasks: BackgroundTasks):
    log.info("order received")
    if not data.get("lines"):
        log.warning("an order without lines")
        raise HTTPException(status_code=422, detail="No lines")
    try:
        customer = orders.customer_of(data)
        order = orders.place(customer, data["lines"])
    except orders.UnknownCustomer as error:
        log.warning("unknown customer")
        raise HTTPException(status_code=404, detail="Customer not found") from error
    except orders.OutOfStock as error:
        log.warning("out of stock")
        raise HTTPException(status_code=409, detail="Not in stock") from error
    except orders.CouponUsed as error:
        raise HTTPException(status_code=409, detail="Coupon is used") from error
    if order.is_large:
        background_tasks.add_task(orders.inform_sales, order)
    background_tasks.add_task(orders.confirm, customer, order)
    message = "Order placed"
    result = {"id": order.id, "total": order.total, "message": message}
    log.info("order placed")
    return result
""",
            "orders.py": """class UnknownCustomer(Exception):
    pass


class OutOfStock(Exception):
    pass


class CouponUsed(Exception):
    pass


def customer_of(data):
    raise UnknownCustomer


def place(customer, lines):
    raise OutOfStock


def confirm(customer, order):
    print(customer, order)


def inform_sales(order):
    print(order)
""",
        },
        """from flask import Flask, flash, redirect, render_template
from flask_sqlalchemy import SQLAlchemy
from forms import ProfileForm

app = Flask(__name__)
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(64))


@app.route("/users/<int:user_id>/edit", methods=["GET", "POST"])
def edit_user(user_id):
    user = User.query.get_or_404(user_id)
    form = ProfileForm()
    if form.validate_on_submit():
        user.name = form.name.data
        user.email = form.email.data
        user.location = form.location.data
        user.about = form.about.data
        user.is_admin = form.is_admin.data
        db.session.add(user)
        db.session.commit()
        flash("Saved")
        return redirect("/users")
    form.name.data = user.name
    form.email.data = user.email
    form.location.data = user.location
    form.about.data = user.about
    form.is_admin.data = user.is_admin
    return render_template("edit.html", form=form)
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the long endpoints, judges what is in them, and gathers those of a module where it is a habit."""
        by_module: dict[str, list[EndpointWork]] = {}
        for work in project.endpoint_works(self.options.max_statements + 1):
            if work.branches > self.options.max_branches or len(work.queries) > self.options.max_queries:
                by_module.setdefault(work.place.path, []).append(work)
        for works in by_module.values():
            if len(works) < HABIT_MINIMUM:
                yield from map(self._finding, works)
            else:
                works.sort(key=lambda work: (-work.statements, work.place.line))
                yield self._finding(works[0], works[1:]).standing_for(map(self._finding, works))

    def _finding(self, work: EndpointWork, others: Sequence[EndpointWork] = ()) -> Finding:
        parts = [f"{work.statements} statements"]
        if work.branches:
            parts.append(f"{work.branches} branch{'es' if work.branches > 1 else ''}")
        queries = len(work.queries)
        found = " and ".join(parts)
        if queries:
            found += f", and runs {queries} quer{'ies' if queries > 1 else 'y'} itself"
        more = f"; {len(others)} more endpoints of the module are like it" if others else ""
        return self.at(
            work.place,
            f"The endpoint of `{work.route}` does the work itself: it has {found}{more}.",
            hint="Move the steps into a service function that knows nothing of HTTP, and let the endpoint call it.",
            symbol=work.function.symbol,
            related=(
                *(Related(one.place, "A query of the endpoint.") for one in work.queries[:5]),
                *(Related(one.place, f"`{one.route}` has {one.statements} statements.") for one in others[:5]),
            ),
        )
