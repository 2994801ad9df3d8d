import json, pytest
from django.test import Client
from trial.models import User

def client(name):
    c = Client(); c.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"); return c

def test_votes_leak(told_db):
    from safety.models import GateReview
    r = GateReview.objects.order_by("-pk").first(); print(r.decided_at, r.votes.count())
    c = client("investigator")
    x = c.get("/api/v1/history/?table=safety_gatevote"); print(x.status_code, x.content[:900])
    print("api review", c.get(f"/api/v1/reviews/{r.pk}/").content[:900])
    y = c.get("/history/?table=safety_gatevote").content.decode(); print("page shows", "PROCEED" in y)

def test_baseline_by_nurse(told_db):
    c = client("nurse")
    g = c.get("/api/v1/gates/1/").json(); print(g["result"], g["subjects"][-1])
    d = g["subjects"][-1]["window_closes_at"][:10]
    x = c.post("/api/v1/events/", json.dumps({"subject":"CMUH-003","reported_term":"Rash","ctcae_term":"","onset":d,"aware_at":g["subjects"][-1]["window_closes_at"],"grade":2,"serious":False,"baseline_present":True,"baseline_grade":2}), content_type="application/json")
    print(x.status_code, x.content[:500])
    g = c.get("/api/v1/gates/1/").json(); print(g["result"], g["qualifying_events"], g["other_events"], g["reasons"])
    x = c.get("/api/v1/holds/").json(); print(x)
